throw new Error('this worker always crashes');
